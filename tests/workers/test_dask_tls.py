"""A Dask cluster whose connections are encrypted takes trainings only from those who have its certificate."""

import shutil
import subprocess

import dask_processes
import lasso_study
import pytest
from digits_study import begin, ended

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl to make a certificate")


@pytest.fixture
def certificate(tmp_path):
    """Paths of a certificate that has signed itself, and of its key."""
    paths = tmp_path / "certificate.pem", tmp_path / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=frontsearch"]
    subprocess.run([*command, "-out", str(paths[0]), "-keyout", str(paths[1])], check=True, capture_output=True)
    return tuple(map(str, paths))


def test_a_study_needs_the_certificate_of_an_encrypted_cluster(certificate, tmp_path, monkeypatch):
    certificate, key = certificate
    study = lasso_study.write(tmp_path, "random", epochs=200)
    tls = ("--protocol", "tls", "--tls-ca-file", certificate, "--tls-cert", certificate, "--tls-key", key)
    with dask_processes.serving(tls=tls) as address:
        assert address.startswith("tls://")
        code, stderr = ended(begin(study, tmp_path / "refused", "--dask", address))
        assert (code, stderr.count("\n")) == (2, 1)
        assert "needs a certificate" in stderr
        monkeypatch.setenv("DASK_DISTRIBUTED__COMM__TLS__CA_FILE", certificate)
        monkeypatch.setenv("DASK_DISTRIBUTED__COMM__TLS__CLIENT__CERT", certificate)
        monkeypatch.setenv("DASK_DISTRIBUTED__COMM__TLS__CLIENT__KEY", key)
        assert ended(begin(study, tmp_path / "taken", "--dask", address)) == (0, "")
    assert (tmp_path / "taken" / "fronts.csv").exists()
